import { useLocalStorage } from "@mantine/hooks";
import { useEffect, useEffectEvent } from "react";
import { type Shortcut, shortcutOf } from "./shortcut.ts";

export interface Shortcuts {
  /** Single keys can be in the way of those who speak to their computer: each browser may switch them off. */
  readonly areOn: boolean;
  readonly switchTo: (areOn: boolean) => void;
}

/** Hears the page's single keys, unless they are switched off here. */
export function useShortcuts(onShortcut: (shortcut: Shortcut) => void): Shortcuts {
  const [areOn, switchTo] = useLocalStorage({ key: "kerbside-shortcuts", defaultValue: true });
  const hear = useEffectEvent((event: KeyboardEvent) => {
    const shortcut = shortcutOf(event, isTyping(event.target));
    if (shortcut === null) return;
    event.preventDefault();
    onShortcut(shortcut);
  });
  useEffect(() => {
    if (!areOn) return;
    const listener = (event: KeyboardEvent): void => hear(event);
    window.addEventListener("keydown", listener);
    return () => window.removeEventListener("keydown", listener);
  }, [areOn]);
  return { areOn, switchTo };
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable=true]");
}
