/** `npm run sim:chord`: the tables of the Chord paper beside ours. */
import { chordTablesMain } from './chord/index.ts';

process.exitCode = chordTablesMain(process.argv.slice(2));
