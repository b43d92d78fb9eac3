import { html as markup } from 'htm/preact';
import type { ComponentChildren, VNode } from 'preact';

/** Markup in template literals: `<${Component} name=${value} />`. */
export const html = markup as (strings: TemplateStringsArray, ...values: unknown[]) => VNode;
export type Children = ComponentChildren;
