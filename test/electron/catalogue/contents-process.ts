/** A process that puts the contents of images on record over and over until it is killed: its library is the argument. */
import { recordContent } from '../../../electron/catalogue/contents.ts';
import { openCatalogue } from '../../../electron/catalogue/database.ts';
import { someContent, someFile } from './some-content.ts';

const [, , databasePath] = process.argv;
const catalogue = openCatalogue(databasePath!);
const images = catalogue.all<{ id: number; path: string }>('SELECT id, path FROM images');
process.send!('begun');
for (let round = 0; ; round++) {
  for (const { id, path } of images) {
    const files = [someFile(path), someFile(`${path}.base`, 'parent'), someFile(`${path}.part`, 'part')];
    const blocks = Array.from({ length: 500 }, (_, index) => round * 500 + index);
    recordContent(catalogue, id, someContent(files, blocks), new Date().toISOString());
  }
}
