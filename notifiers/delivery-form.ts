/**
 * What a kind of receiver can do with news of what it was told already:
 * - `thread`: a message, changed in place, with replies under it (Slack, a terminal).
 * - `letters`: nothing sent can be changed, so only news is sent, each as a message that stands for itself (e-mail).
 * - `state`: each delivery is the whole state with the alerts as data; the receiver replaces what it had
 *   (Alertmanager, PagerDuty, a webhook). `refreshMs`: it forgets what it is not told again within this time; null:
 *   it does not.
 * `charts`: it shows pictures.
 */
export type DeliveryForm =
  | { readonly kind: 'thread'; readonly charts?: boolean }
  | { readonly kind: 'letters'; readonly charts?: boolean }
  | { readonly kind: 'state'; readonly refreshMs: number | null };

export const threadForm: DeliveryForm = { kind: 'thread' };
