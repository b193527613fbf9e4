/** The web console: from a view of store and cloud, as plain data, to a page that keeps itself up to date, behind a key. */

export { type ConsoleDoorOptions, consoleDoor } from './console-door.ts';
export type * from './console-view.ts';
export { CONSOLE_PATH } from './page.ts';
