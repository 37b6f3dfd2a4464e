import { ActionIcon, Group, ScrollArea, Stack, Title } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { changeView } from "../../view/use-view.browser.ts";

export interface PanelProps {
  readonly title: string;
  /** Stands beside the title, apart from every other button. */
  readonly stop?: ReactNode;
  readonly children: ReactNode;
}

/** What is known of the one thing that is selected. */
export function Panel({ title, stop, children }: PanelProps) {
  return (
    <section aria-label={title} style={{ height: "100%", display: "flex", flexDirection: "column" }}>
      <Group justify="space-between" wrap="nowrap" p="md" pb="xs" gap="sm">
        <Title order={2} size="h4" style={{ overflowWrap: "anywhere" }}>
          {title}
        </Title>
        <Group gap="md" wrap="nowrap">
          {stop}
          <ActionIcon
            variant="subtle"
            size={44}
            aria-label="Close the details"
            onClick={() => changeView({ selected: null })}
          >
            <IconX size={20} aria-hidden />
          </ActionIcon>
        </Group>
      </Group>
      <ScrollArea style={{ flex: 1 }} type="auto">
        <Stack p="md" pt="xs" gap="lg">
          {children}
        </Stack>
      </ScrollArea>
    </section>
  );
}
