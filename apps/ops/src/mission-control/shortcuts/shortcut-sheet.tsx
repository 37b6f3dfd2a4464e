import { ActionIcon, Popover, Title } from "@mantine/core";
import { IconKeyboard } from "@tabler/icons-react";
import { useState } from "react";
import { shortcutTexts } from "./shortcut.ts";
import { useShortcuts } from "./use-shortcuts.browser.ts";
import "./shortcut-sheet.css";

/** The keys of this page, and the switch that turns the single ones off. It covers nothing that is pressed in haste. */
export function ShortcutSheet({ onSearch }: { readonly onSearch: () => void }) {
  const [isOpen, setOpen] = useState(false);
  const { areOn, switchTo } = useShortcuts((shortcut) => {
    if (shortcut === "search") onSearch();
    else setOpen((before) => !before);
  });
  return (
    <Popover opened={isOpen} onChange={setOpen} position="bottom-end" withArrow shadow="md" trapFocus={false}>
      <Popover.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          size={44}
          className="mc-keys-button"
          aria-label="Keys"
          onClick={() => setOpen((before) => !before)}
        >
          <IconKeyboard size={20} aria-hidden />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown aria-label="Keys">
        <Title order={2} size="h5">
          Keys
        </Title>
        <dl className="mc-keys">
          {shortcutTexts.map(([keys, text]) => (
            <div key={text}>
              <dt>
                {keys.map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
        <label className="mc-keys-switch">
          <input type="checkbox" checked={areOn} onChange={(event) => switchTo(event.currentTarget.checked)} />
          <span>
            <kbd>/</kbd> and <kbd>?</kbd> are heard everywhere
          </span>
        </label>
      </Popover.Dropdown>
    </Popover>
  );
}
