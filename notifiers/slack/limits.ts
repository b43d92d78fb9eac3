/**
 * Slack's limits (https://docs.slack.dev/reference/block-kit/blocks). The sum over all blocks is not documented:
 * `msg_blocks_too_long` comes at about 13,200 characters; we stay below.
 */
export const slackLimits = {
  blocks: 50,
  sectionText: 3_000,
  headerText: 150,
  fields: 10,
  fieldText: 2_000,
  contextElements: 10,
  allBlocksText: 12_000,
  messageText: 40_000,
} as const;
