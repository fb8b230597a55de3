/** Small choices that belong to this device alone: which microphone, whether pauses are skipped. */
export interface Preferences {
  read(name: string): string | null;
  write(name: string, value: string | null): void;
}

export const memoryPreferences = (): Preferences => {
  const values = new Map<string, string>();
  return {
    read: (name) => values.get(name) ?? null,
    write: (name, value) => {
      if (value === null) values.delete(name);
      else values.set(name, value);
    },
  };
};

/** A browser may refuse its storage altogether; then choices last as long as the page. */
export function storedPreferences(storage: () => Storage): Preferences {
  const memory = memoryPreferences();
  const key = (name: string): string => `earshot.${name}`;
  return {
    read: (name) => {
      try {
        return storage().getItem(key(name)) ?? memory.read(name);
      } catch {
        return memory.read(name);
      }
    },
    write: (name, value) => {
      memory.write(name, value);
      try {
        if (value === null) storage().removeItem(key(name));
        else storage().setItem(key(name), value);
      } catch {
        // Refused: the copy in memory serves until the page is closed.
      }
    },
  };
}
