/** Draws build/icons/*.png, icon.icns and icon.ico from icon.svg: `node build/icons/make.ts`. Chromium draws. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser } from 'playwright';

/** Edges in pixels. Linux takes all of them, by these names. */
const sizes = [16, 24, 32, 48, 64, 128, 256, 512, 1024] as const;

/** The sizes in the Windows container; Explorer asks for no other. */
const icoSizes = [16, 24, 32, 48, 64, 128, 256] as const;

/** Apple's names for PNG payloads, by edge ("Icon Image Formats"): the @2x kinds are those of half the edge. */
const icnsKinds: readonly { readonly kind: string; readonly size: (typeof sizes)[number] }[] = [
  { kind: 'icp4', size: 16 },
  { kind: 'icp5', size: 32 },
  { kind: 'ic07', size: 128 },
  { kind: 'ic08', size: 256 },
  { kind: 'ic09', size: 512 },
  { kind: 'ic10', size: 1024 },
  { kind: 'ic11', size: 32 },
  { kind: 'ic12', size: 64 },
  { kind: 'ic13', size: 256 },
  { kind: 'ic14', size: 512 },
];

/** Debian's Chromium serves where Playwright has fetched none. */
const debianChromium = '/usr/bin/chromium';

async function drawAll(browser: Browser, drawing: string): Promise<Map<number, Buffer>> {
  const page = await browser.newPage();
  const images = new Map<number, Buffer>();
  for (const size of sizes) {
    await page.setViewportSize({ width: size, height: size });
    await page.setContent(
      `<style>html,body{margin:0;background:transparent}svg{display:block;width:${size}px;height:${size}px}</style>${drawing}`,
    );
    images.set(size, await page.screenshot({ omitBackground: true }));
  }
  return images;
}

function imageOf(images: ReadonlyMap<number, Buffer>, size: number): Buffer {
  const image = images.get(size);
  if (image === undefined) throw new Error(`no image of ${size} pixels was drawn`);
  return image;
}

/** ICONDIR, one ICONDIRENTRY per image, then the images as PNG (Windows Vista and later). */
function makeIco(images: ReadonlyMap<number, Buffer>): Buffer {
  const directory = Buffer.alloc(6 + 16 * icoSizes.length);
  directory.writeUInt16LE(1, 2);
  directory.writeUInt16LE(icoSizes.length, 4);
  let offset = directory.length;
  icoSizes.forEach((size, index) => {
    const entry = 6 + 16 * index;
    // A byte holds the edge; 0 stands for 256.
    directory.writeUInt8(size % 256, entry);
    directory.writeUInt8(size % 256, entry + 1);
    directory.writeUInt16LE(1, entry + 4);
    directory.writeUInt16LE(32, entry + 6);
    directory.writeUInt32LE(imageOf(images, size).length, entry + 8);
    directory.writeUInt32LE(offset, entry + 12);
    offset += imageOf(images, size).length;
  });
  return Buffer.concat([directory, ...icoSizes.map((size) => imageOf(images, size))]);
}

/** 'icns' and the length, then per image its kind, its length with this header, and the PNG. */
function makeIcns(images: ReadonlyMap<number, Buffer>): Buffer {
  const block = (kind: string, content: Buffer): Buffer => {
    const header = Buffer.alloc(8);
    header.write(kind, 'latin1');
    header.writeUInt32BE(content.length + 8, 4);
    return Buffer.concat([header, content]);
  };
  return block('icns', Buffer.concat(icnsKinds.map(({ kind, size }) => block(kind, imageOf(images, size)))));
}

const folder = import.meta.dirname;
const browser = await chromium.launch({
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  ...(existsSync(debianChromium) ? { executablePath: debianChromium } : {}),
});
try {
  const images = await drawAll(browser, readFileSync(join(folder, 'icon.svg'), 'utf8'));
  mkdirSync(join(folder, 'png'), { recursive: true });
  for (const [size, image] of images) writeFileSync(join(folder, 'png', `${size}x${size}.png`), image);
  writeFileSync(join(folder, 'icon.ico'), makeIco(images));
  writeFileSync(join(folder, 'icon.icns'), makeIcns(images));
} finally {
  await browser.close();
}
