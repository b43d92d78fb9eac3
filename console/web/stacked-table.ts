import { html, type Children } from './html.ts';
import { TableHead, type Column } from './parts.ts';

export interface StackedRow {
  readonly key: string;
  /** In the order of the columns; on a phone those without a value are left out. */
  readonly cells: readonly Children[];
}

interface StackedTableProps {
  readonly caption: string;
  readonly columns: readonly StackedColumn[];
  readonly rows: readonly StackedRow[];
}

export interface StackedColumn extends Column {
  readonly mono?: boolean;
}

/** A table whose rows become blocks of `name value` lines where there is no room: no column is cut off. */
export function StackedTable({ caption, columns, rows }: StackedTableProps) {
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${caption}>
    <table class="stacked">
      <caption>
        ${caption}
      </caption>
      <${TableHead} columns=${columns} />
      <tbody>
        ${rows.map(
          ({ key, cells }) =>
            html`<tr key=${key}>
              ${columns.map((column, at) => html`<${Cell} key=${column.name} column=${column} value=${cells[at]} />`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function Cell({ column, value }: { readonly column: StackedColumn; readonly value: Children }) {
  const missing = value === undefined || value === null || value === '';
  const classes = [column.number === true && 'number', column.mono === true && 'mono', missing && 'missing'];
  return html`<td class=${classes.filter(Boolean).join(' ')} data-name=${column.name}>
    ${missing ? '–' : html`<div>${value}</div>`}
  </td>`;
}
