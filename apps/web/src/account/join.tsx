import { useSignal, type Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { limits } from '@earshot/protocol/limits.ts';
import { useApp } from '../shell/app.ts';
import { Link } from '../shell/link.tsx';
import { Icon } from '../shell/icons.tsx';
import { keysWords } from '../words/keys-words.ts';
import { Door } from './door.tsx';
import { Field, FormMessage } from './fields.tsx';
import { useForm, type FormProblem, type FormState } from './form.ts';
import { proposeHandle } from './handle.ts';
import type { Who } from './session.ts';

/** Who comes in through an invitation: says who she is, then how she will come in again. */
export function JoinView({ invitation }: { invitation: string }): JSX.Element {
  const { words, session } = useApp();
  const said = keysWords(words);
  const form = useForm();
  // Joining spends the invitation. Once it is done, only the way to come in again is still missing.
  const joined = useSignal(false);
  // Who is signed in says that it lets herself in again.
  const hers = useSignal(false);
  const who = session.who.value ?? null;
  if (who && !form.busy.value && !joined.value && !hers.value) return <InAlready who={who} onGoOn={invitation === '' ? null : () => (hers.value = true)} />;
  const self = hers.value ? who : null;
  return (
    <Door title={self ? said('joinInAlready', { name: self.name }) : words.t('join.title')} lead={self ? said('joinGoOnLead') : words.t(invitation === '' ? 'join.noInvitation' : 'join.lead')}>
      {invitation === '' ? null : <JoinForm invitation={invitation} form={form} joined={joined} self={self} />}
      {self ? <Back look="quiet" /> : <Link to={{ at: 'sign-in' }} class="button quiet wide">{words.t('join.haveAccount')}</Link>}
    </Door>
  );
}

/** Somebody opened a link for somebody else, for herself, or one that was used: which, the page does not know. Nobody joins in her place, and takes all that she has here. */
function InAlready({ who, onGoOn }: { who: Who; onGoOn: (() => void) | null }): JSX.Element {
  const said = keysWords(useApp().words);
  return (
    <Door title={said('joinInAlready', { name: who.name })} lead={onGoOn && said('joinForOthers')}>
      {onGoOn && <p class="soft">{said('joinForYou')}</p>}
      <Back look="primary" />
      {onGoOn && <button type="button" class="button wide" onClick={onGoOn}>{said('joinGoOn')}</button>}
    </Door>
  );
}

function Back({ look }: { look: 'primary' | 'quiet' }): JSX.Element {
  const { words, router } = useApp();
  return <button type="button" class={`button ${look} wide`} onClick={() => router.go({ at: 'list' }, { replace: true })}>{keysWords(words)('back')}</button>;
}

/** `self`: who is signed in here already, and is let in as nobody else. */
function JoinForm({ invitation, form, joined, self }: { invitation: string; form: FormState; joined: Signal<boolean>; self: Who | null }): JSX.Element {
  const app = useApp();
  const { words, earshot, passkeys, router, deviceName } = app;
  const name = useSignal(self?.name ?? '');
  const handle = useSignal(self?.handle ?? '');
  const password = useSignal('');
  const chosen = useSignal(false);
  const byPasskey = useSignal(passkeys.available);
  const join = async (): Promise<FormProblem | void> => {
    const secret = password.value;
    if (!joined.value) {
      const how = byPasskey.value ? {} : { password: secret };
      await earshot.account.join({ invitation, handle: handle.value, name: name.value.trim(), deviceName, ...how });
      joined.value = true;
      // It is spent: a reload from here on finds nobody at this door who has not come in.
      router.go({ at: 'join', invitation }, { replace: true });
    } else if (!byPasskey.value) await earshot.account.setPassword({ password: secret });
    if (byPasskey.value) {
      const options = await earshot.account.passkeyOptions();
      const made = await passkeys.create(options);
      if (made === null) return { said: 'passkey.unavailable' };
      await earshot.account.addPasskey({ challenge: options.challenge, ...made, name: deviceName });
    }
    router.go({ at: 'list' }, { replace: true });
  };
  // Nothing that could be filled in would help then.
  if (failedWith(form.problem.value, /^invitation/)) return <FormMessage problem={form.problem.value} />;
  if (self && failedWith(form.problem.value, NOT_HERS)) return <div class="problem" role="alert">{keysWords(words)('joinNotYours')}</div>;
  return (
    <form class="door-form" onSubmit={(event) => {
      event.preventDefault();
      form.submit(join);
    }}>
      {joined.value || self ? null : (
        <>
          <Field label={words.t('join.name')} value={name} autocomplete="name" maxLength={limits.nameLength} focus
            onChange={(value) => {
              if (!chosen.value) handle.value = proposeHandle(value);
            }} />
          <HandleLine handle={handle} chosen={chosen} />
        </>
      )}
      {byPasskey.value ? null : (
        <Field label={words.t('join.password')} value={password} type="password" autocomplete="new-password" hint={words.t('join.passwordHint')} maxLength={limits.passwordMax} />
      )}
      <FormMessage problem={form.problem.value} />
      <button type="submit" class="button primary wide" disabled={form.busy.value}>
        {byPasskey.value ? <Icon name="key" /> : null}
        {words.t(form.busy.value ? 'join.joining' : byPasskey.value ? 'join.passkey' : 'join.submit')}
      </button>
      {byPasskey.value ? <p class="hint centred">{words.t('join.passkeyHint')}</p> : null}
      {passkeys.available ? (
        <button type="button" class="button quiet wide" onClick={() => {
          byPasskey.value = !byPasskey.value;
        }}>{words.t(byPasskey.value ? 'join.passwordInstead' : 'join.passkeyInstead')}</button>
      ) : null}
    </form>
  );
}

/** What the server says where an invitation is for nobody by name, or for somebody else. */
const NOT_HERS = /^(?:handle\.taken|session\.credentials)$/;

const failedWith = (problem: FormProblem, codes: RegExp): boolean => problem !== null && 'code' in problem && codes.test(problem.code);

/** The handle follows the name until the person decides otherwise. */
function HandleLine({ handle, chosen }: { handle: Signal<string>; chosen: Signal<boolean> }): JSX.Element {
  const { words } = useApp();
  if (chosen.value) {
    return <Field label={words.t('join.handle')} value={handle} plain focus maxLength={limits.handleLength} />;
  }
  return (
    <div class="handle-line">
      <span class="text"><span class="soft small">{words.t('join.handle')}</span><strong class="cut">{handle.value === '' ? '…' : `@${handle.value}`}</strong></span>
      <button type="button" class="button quiet" onClick={() => {
        chosen.value = true;
      }}>{words.t('join.change')}</button>
    </div>
  );
}
