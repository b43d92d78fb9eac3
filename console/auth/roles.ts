/** Each may do what those before it may. */
export const roles = ['viewer', 'responder', 'admin'] as const;
export type Role = (typeof roles)[number];

export function mayActAs(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed);
}

/** Who asks, as the audit log will name them. */
export interface Caller {
  readonly name: string;
  readonly role: Role;
}
