/** How people name an alert: the first eight characters of its fingerprint and its episode, `3f9a1c02-4`. */
export function alertId(fingerprint: string, episode: number): string {
  return `${fingerprint.slice(0, 8)}-${episode}`;
}

/** What a person gave: a whole fingerprint, a prefix of one, or either with `-episode`. */
export interface AlertReference {
  readonly fingerprintPrefix: string;
  /** null: the latest. */
  readonly episode: number | null;
}

export function parseAlertReference(text: string): AlertReference {
  const match = /^(.+)-(\d{1,9})$/.exec(text.trim());
  const [, prefix, episode] = match ?? [];
  if (prefix === undefined || episode === undefined) return { fingerprintPrefix: text.trim(), episode: null };
  return { fingerprintPrefix: prefix, episode: Number(episode) };
}
