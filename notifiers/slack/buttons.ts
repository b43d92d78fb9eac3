import type { ActionsBlock, Button } from '@slack/web-api';
import type { PressAction } from '../actions/press.ts';
import type { Delivery } from '../notifier.ts';
import type { SlackConfig } from './config-schema.ts';

export const buttonsBlockId = 'saccade';

/** Can this receiver hear its buttons? One that does nothing would be worse than none. */
export const hearsButtons = (config: SlackConfig): boolean =>
  [config.app_token_file, config.app_token_env, config.signing_secret_file, config.signing_secret_env].some(
    (one) => one !== undefined,
  );

const labels: Readonly<Record<PressAction, string>> = {
  acknowledge: 'Acknowledge',
  silence_1h: 'Silence 1 h',
  silence_until_resolved: 'Silence until resolved',
  capture: 'Capture now',
  accept_as_normal: 'This is normal',
};

/** The buttons under a message about alerts that fire. */
export function buttonBlocks(config: SlackConfig, delivery: Delivery): ActionsBlock[] {
  const { operation, content, groupId, purpose } = delivery;
  const fires = content.tone === 'page' || content.tone === 'notice';
  const ofAlerts = purpose === 'firing' || purpose === 'update' || purpose === 'escalation';
  if (!hearsButtons(config) || operation === 'reply' || !fires || !ofAlerts) return [];
  const actions = Object.keys(labels) as PressAction[];
  return [
    { type: 'actions', block_id: buttonsBlockId, elements: actions.map((one) => button(one, groupId)) },
  ];
}

const button = (action: PressAction, groupId: string): Button => ({
  type: 'button',
  action_id: action,
  text: { type: 'plain_text', text: labels[action] },
  value: groupId,
  ...(action === 'acknowledge' && { style: 'primary' }),
  ...(action === 'accept_as_normal' && {
    style: 'danger',
    confirm: {
      title: { type: 'plain_text', text: 'Is this normal?' },
      text: { type: 'plain_text', text: 'What it does now is learned, and does not page any more.' },
      confirm: { type: 'plain_text', text: 'It is normal' },
      deny: { type: 'plain_text', text: 'Cancel' },
    },
  }),
});
