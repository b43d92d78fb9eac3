/** `192.0.2.1:443`, `[2001:db8::1]:443`; a name is joined as it is. */
export const addressWithPort = (address: string, port: number): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
