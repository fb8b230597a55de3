import { useSignal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import type { Knowledge } from '@earshot/doctor/knowledge/schema.ts';
import { useApp } from '../shell/app.ts';
import { Problem } from '../shell/common.tsx';
import { Icon } from '../shell/icons.tsx';
import type { DoctorRoute } from '../shell/router.ts';
import { doctorWords } from '../words/doctor-words.ts';
import { Consulting } from './consulting.tsx';
import { DoctorContext } from './context.ts';
import type { DoctorPorts } from './ports.ts';
import { measurable } from './probes/measurable.ts';
import { QuickChecks } from './quick-checks.tsx';
import { SoundTest } from './sound-test.tsx';
import { createVisit } from './visit.ts';

/** The Doctor's page: with an account and without, with a network and without. */
export function DoctorView({ route }: { route: DoctorRoute }): JSX.Element {
  const { words, doctor, router } = useApp();
  const ready = useSignal<{ ports: DoctorPorts; knowledge: Knowledge } | 'missing' | null>(null);
  const load = async (): Promise<void> => {
    try {
      const ports = await doctor();
      ready.value = { ports, knowledge: await ports.knowledge() };
    } catch (error) {
      ready.value = 'missing';
      reportError(error);
    }
  };
  useEffect(() => void load(), []);
  const title = doctorWords(words).t('title');
  return (
    <main class="column main doctor" id="content">
      <header class="head">
        <button type="button" class="round" aria-label={words.t('do.back')} onClick={() => router.back()}><Icon name="back" /></button>
        <h1>{title}</h1>
      </header>
      <div class="scroll" tabIndex={-1}>
        <div class="settings">
          {ready.value === null ? null : ready.value === 'missing' ? <Problem code="network.unreachable" /> : <Ready key={`${route.code}${route.conversation}`} {...ready.value} route={route} />}
        </div>
      </div>
    </main>
  );
}

function Ready({ ports, knowledge, route }: { ports: DoctorPorts; knowledge: Knowledge; route: DoctorRoute }): JSX.Element {
  const { words, clock, preferences } = useApp();
  const { code, conversation, page } = route;
  const visit = useMemo(() => createVisit({ knowledge, clock, preferences, probes: ports.probes, setting: ports.setting, measurable }, { code, conversation }), []);
  useEffect(() => () => {
    visit.leave();
    ports.speaker.unload();
  }, []);
  const around = useMemo(() => ({ ports, knowledge, visit, said: doctorWords(words) }), []);
  return <DoctorContext value={around}>{inside(page)}</DoctorContext>;
}

function inside(page: DoctorRoute['page']): ComponentChildren {
  if (page === 'microphone') return <SoundTest />;
  return page === 'quick' ? <QuickChecks /> : <Consulting about={page === 'gone' ? 'gone' : page === 'start' ? 'not-working' : null} />;
}
