import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { apps, type App as AppName } from '@earshot/doctor/knowledge/kinds.ts';
import { useApp } from '../shell/app.ts';
import { Icon, type IconName } from '../shell/icons.tsx';
import type { DoctorRoute } from '../shell/router.ts';
import { useDoctor } from './context.ts';
import { SayIt } from './say-it.tsx';

const names: Readonly<Record<AppName, string>> = { earshot: 'Earshot', whatsapp: 'WhatsApp', imessage: 'iMessage', telegram: 'Telegram', messenger: 'Messenger', instagram: 'Instagram', signal: 'Signal' };

/** What is wrong? For Earshot, and for the other apps as well. */
export function Beginning(): JSX.Element {
  const { visit, said } = useDoctor();
  const { router } = useApp();
  const app = useSignal<AppName>(visit.session.value.app);
  const go = (page: DoctorRoute['page']): void => router.go({ at: 'doctor', page, code: null, conversation: null });
  return (
    <>
      <section class="card">
        <p>{said.t('lead')}</p>
        <label class="field"><span class="small soft">{said.t('inApp')}</span>
          <select class="input" value={app.value} onChange={(event) => (app.value = apps.find((one) => one === event.currentTarget.value) ?? 'earshot')}>
            {apps.map((one) => <option key={one} value={one}>{names[one]}</option>)}
          </select>
        </label>
        <div class="rows">
          <Choice icon="alert" title={said.t('notWorking')} hint={said.t('notWorkingHint')} onChoose={() => visit.begin({ app: app.value, tree: 'not-working' })} />
          <Choice icon="bin" title={said.t('gone')} hint={said.t('goneHint')} onChoose={() => visit.begin({ app: app.value, tree: 'gone' })} />
        </div>
        <SayIt app={app.value} />
      </section>
      <section class="card">
        <div class="rows">
          <Choice icon="microphone" title={said.t('test')} hint={said.t('testHint')} onChoose={() => go('microphone')} />
          <Choice icon="checks" title={said.t('quick')} hint={said.t('quickHint')} onChoose={() => go('quick')} />
        </div>
      </section>
    </>
  );
}

function Choice({ icon, title, hint, onChoose }: { icon: IconName; title: string; hint: string; onChoose: () => void }): JSX.Element {
  return (
    <button type="button" class="row" onClick={onChoose}>
      <span class="row-icon"><Icon name={icon} /></span>
      <span class="text"><span>{title}</span><span>{hint}</span></span>
    </button>
  );
}
