import { render } from 'preact';
import { html } from './html.ts';
import { Shell } from './shell.ts';
import { applyTheme } from './theme.ts';

applyTheme();
const app = document.getElementById('app');
if (app !== null) render(html`<${Shell} />`, app);
