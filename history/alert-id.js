/** How people name an alert: the first eight characters of its fingerprint and its episode, `3f9a1c02-4`. */
export function alertId(fingerprint, episode) {
  return `${fingerprint.slice(0, 8)}-${episode}`;
}
export function parseAlertReference(text) {
  const match = /^(.+)-(\d{1,9})$/.exec(text.trim());
  const [, prefix, episode] = match ?? [];
  if (prefix === undefined || episode === undefined) return { fingerprintPrefix: text.trim(), episode: null };
  return { fingerprintPrefix: prefix, episode: Number(episode) };
}
