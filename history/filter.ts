export type FilterValue = string | number;

export interface Filter {
  /** `condition` is SQL of ours; what users give goes into `values` only. */
  add(condition: string, ...values: readonly FilterValue[]): void;
  addIf(condition: string, value: FilterValue | undefined): void;
  sql(): string;
  values(): readonly FilterValue[];
}

/** Collects conditions that must all hold. */
export function createFilter(): Filter {
  const conditions: string[] = [];
  const values: FilterValue[] = [];
  const add: Filter['add'] = (condition, ...more) => {
    conditions.push(condition);
    values.push(...more);
  };
  return {
    add,
    addIf: (condition, value) => {
      if (value !== undefined) add(condition, value);
    },
    sql: () => (conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`),
    values: () => values,
  };
}
