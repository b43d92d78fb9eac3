/** Collects conditions that must all hold. */
export function createFilter() {
  const conditions = [];
  const values = [];
  const add = (condition, ...more) => {
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
