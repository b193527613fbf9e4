export type TableServerKind = 'cloud' | 'dynalite';

export const TABLE_KEYS = { accessKeyId: 'AKIABENCH', secretAccessKey: 'the secret of the bench' };
