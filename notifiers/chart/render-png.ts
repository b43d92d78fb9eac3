import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { initWasm, Resvg } from '@resvg/resvg-wasm';
import { chartFont } from './draw-chart.ts';

/** Pixels a CSS pixel: sharp on the screens that people have. */
const density = 2;

const fontFiles = ['latin-400', 'latin-700'].map(
  (name) => `@fontsource/pt-sans/files/pt-sans-${name}-normal.woff2`,
);

let ready: Promise<readonly Uint8Array[]> | undefined;

/** Turns an SVG into a PNG. With fonts of its own: machines that run Saccade have none. */
export async function renderPng(svg: string): Promise<Uint8Array> {
  ready ??= prepare();
  const fontBuffers = [...(await ready)];
  const renderer = new Resvg(svg, {
    font: { fontBuffers, defaultFontFamily: chartFont },
    fitTo: { mode: 'zoom', value: density },
  });
  try {
    const image = renderer.render();
    try {
      return image.asPng();
    } finally {
      image.free();
    }
  } finally {
    renderer.free();
  }
}

async function prepare(): Promise<readonly Uint8Array[]> {
  const [module, ...fonts] = await Promise.all(
    ['@resvg/resvg-wasm/index_bg.wasm', ...fontFiles].map(readPackaged),
  );
  await initWasm(module ?? new Uint8Array());
  return fonts;
}

async function readPackaged(specifier: string): Promise<Uint8Array> {
  return new Uint8Array(await readFile(fileURLToPath(import.meta.resolve(specifier))));
}
