import { post } from './api-client.ts';
import type { SessionView } from '../api/session-routes.ts';
import { fieldOf } from './form-field.ts';
import { html } from './html.ts';
import { act } from './toast.ts';

/** With an account of the provider (`console.oidc`), with a token (`console.tokens`), or either. */
export function SignInPage({
  done,
  by,
}: {
  readonly done: () => void;
  readonly by: SessionView['sign_in_by'];
}) {
  const refusal = new URLSearchParams(location.search).get('sign_in');
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const token = fieldOf(event, 'token');
    if (await act(() => post('/session', { token }), 'Signed in')) done();
  };
  return html`<main class="sign-in">
    <div class="card">
      <h1>Saccade</h1>
      ${refusal !== null && html`<p class="failure" role="alert">${refusals[refusal] ?? refusals['refused']}</p>`}
      ${by.includes('oidc') && html`<a class="button primary" href="/api/v1/session/oidc">Sign in with your account</a>`}
      ${by.includes('token') && html`<${TokenForm} submit=${submit} />`}
    </div>
  </main>`;
}

/** What to do where the provider's answer let nobody in. */
const refusals: Readonly<Record<string, string>> = {
  expired: 'That took too long, or began in another browser. Try again.',
  refused: 'Your provider did not sign you in.',
  no_role:
    'Your provider knows you, but nothing there gives you a role here. Ask whoever runs Saccade (console.oidc.roles).',
  provider: 'Your provider does not answer as it should. Saccade’s log says why.',
};

function TokenForm({ submit }: { readonly submit: (event: SubmitEvent) => Promise<void> }) {
  return html`<form onSubmit=${submit}>
    <label
      >Token<input name="token" type="password" autocomplete="current-password" required autofocus
    /></label>
    <button type="submit" class="primary">Sign in</button>
    <p class="muted">
      Whoever runs Saccade has it: it lies in the file that <span class="mono">console.tokens</span> names.
    </p>
  </form>`;
}
