/** The scaler: metrics, alarms, policies and groups as pure state machines that are given time. */
export {};
