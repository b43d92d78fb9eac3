import { post } from './api-client.ts';
import { fieldOf } from './form-field.ts';
import { html } from './html.ts';
import { act } from './toast.ts';

/** With a token that stands in the configuration's `console.tokens`. */
export function SignInPage({ done }: { readonly done: () => void }) {
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const token = fieldOf(event, 'token');
    if (await act(() => post('/session', { token }), 'Signed in')) done();
  };
  return html`<main class="sign-in">
    <form class="card" onSubmit=${submit}>
      <h1>Saccade</h1>
      <label
        >Token<input name="token" type="password" autocomplete="current-password" required autofocus
      /></label>
      <button type="submit" class="primary">Sign in</button>
      <p class="muted">
        Whoever runs Saccade has it: it lies in the file that <span class="mono">console.tokens</span> names.
      </p>
    </form>
  </main>`;
}
