/** Readable, the same each time, and nothing of an id can leave the folder; two contents never share a name. */
export function captureFileName(id: string, sha256: string): string {
  const readable = id.replaceAll(/[^a-zA-Z0-9_-]/g, '-').slice(0, 100);
  return `${readable}-${sha256.slice(0, 16)}.pcapng`;
}
