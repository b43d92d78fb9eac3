/** Slack's own checks of blocks, as far as they are documented or were observed. */
export type BlockFault = 'invalid_blocks' | 'invalid_blocks_format' | 'msg_blocks_too_long';

const allBlocksLimit = 13_200;
const knownTypes: ReadonlySet<string> = new Set([
  'header',
  'section',
  'context',
  'divider',
  'actions',
  'image',
  'rich_text',
]);

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function blocksFault(raw: string | undefined): BlockFault | null {
  if (raw === undefined || raw === '') return null;
  let blocks: unknown;
  try {
    blocks = JSON.parse(raw);
  } catch {
    // Slack's answer to text that is no JSON.
    return 'invalid_blocks_format';
  }
  if (!Array.isArray(blocks)) return 'invalid_blocks_format';
  if (blocks.length > 50 || !blocks.every(isValidBlock)) return 'invalid_blocks';
  return blocks.reduce<number>((sum, block) => sum + textLength(block), 0) > allBlocksLimit
    ? 'msg_blocks_too_long'
    : null;
}

function isValidBlock(block: unknown): boolean {
  if (!isObject(block) || typeof block['type'] !== 'string' || !knownTypes.has(block['type'])) return false;
  switch (block['type']) {
    case 'header':
      return isText(block['text'], 150, ['plain_text']);
    case 'section':
      return isSection(block);
    case 'context':
      return (
        isList(block['elements'], 1, 10) &&
        block['elements'].every((one) => isText(one, 3_000) || isImage(one))
      );
    case 'actions':
      return isList(block['elements'], 1, 25) && areButtons(block['elements']);
    default:
      return true;
  }
}

function isSection(block: Json): boolean {
  const { text, fields } = block;
  if (text === undefined && fields === undefined) return false;
  if (text !== undefined && !isText(text, 3_000)) return false;
  return fields === undefined || (isList(fields, 1, 10) && fields.every((field) => isText(field, 2_000)));
}

function areButtons(elements: readonly unknown[]): boolean {
  const ids = elements.map((one) => (isObject(one) ? one['action_id'] : undefined));
  return new Set(ids).size === elements.length && elements.every(isButton);
}

const isString = (value: unknown, limit: number): boolean =>
  typeof value === 'string' && value.length > 0 && value.length <= limit;

/** https://docs.slack.dev/reference/block-kit/block-elements/button-element */
function isButton(value: unknown): boolean {
  if (!isObject(value) || value['type'] !== 'button') return false;
  const { text, action_id: id, value: carried, style, confirm } = value;
  return (
    isText(text, 75, ['plain_text']) &&
    isString(id, 255) &&
    (carried === undefined || isString(carried, 2_000)) &&
    (style === undefined || style === 'primary' || style === 'danger') &&
    (confirm === undefined || isConfirm(confirm))
  );
}

function isConfirm(value: unknown): boolean {
  if (!isObject(value)) return false;
  const plain = ['plain_text'];
  return (
    isText(value['title'], 100, plain) &&
    isText(value['text'], 300) &&
    isText(value['confirm'], 30, plain) &&
    isText(value['deny'], 30, plain)
  );
}

const isImage = (value: unknown): boolean => isObject(value) && value['type'] === 'image';

const isList = (value: unknown, min: number, max: number): value is readonly unknown[] =>
  Array.isArray(value) && value.length >= min && value.length <= max;

function isText(value: unknown, limit: number, types: readonly string[] = ['plain_text', 'mrkdwn']): boolean {
  if (!isObject(value) || !types.includes(String(value['type'])) || typeof value['text'] !== 'string')
    return false;
  if (value['emoji'] !== undefined && value['type'] !== 'plain_text') return false;
  return value['text'].length > 0 && value['text'].length <= limit;
}

function textLength(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, one) => sum + textLength(one), 0);
  if (!isObject(value)) return 0;
  const own = typeof value['text'] === 'string' ? value['text'].length : textLength(value['text']);
  return own + textLength(value['fields']) + textLength(value['elements']);
}
