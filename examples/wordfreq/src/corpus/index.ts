/** Texts to count: seeded, with the word frequencies of natural ones. */
export { type CorpusFile, corpusFiles, type FilesOptions } from './files.ts';
export { createProseWriter, type ProseOptions, type ProseWriter } from './prose.ts';
