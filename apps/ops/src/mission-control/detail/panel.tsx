import { ActionIcon, Stack, Title } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { changeView } from "../../view/use-view.browser.ts";
import "./panel.css";

export interface PanelProps {
  readonly title: string;
  /** Stands beside the title, apart from every other button, and stays when the rest scrolls. */
  readonly stop?: ReactNode;
  readonly children: ReactNode;
}

/** What is known of the one thing that is selected. */
export function Panel({ title, stop, children }: PanelProps) {
  return (
    <section aria-label={title} className="mc-panel">
      <div className="mc-panel-head">
        <ActionIcon
          variant="subtle"
          color="gray"
          size={44}
          aria-label="Close the details"
          onClick={() => changeView({ selected: null, pane: null })}
        >
          <IconX size={20} aria-hidden />
        </ActionIcon>
        <Title order={2} size="h4" className="mc-panel-title" title={title}>
          {title}
        </Title>
        {stop}
      </div>
      <div className="mc-panel-body">
        <Stack gap="lg">{children}</Stack>
      </div>
    </section>
  );
}

/** A part of a panel under a heading of its own. */
export function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Stack gap="xs" component="section">
      <Title order={3} size="h5">
        {title}
      </Title>
      {children}
    </Stack>
  );
}
