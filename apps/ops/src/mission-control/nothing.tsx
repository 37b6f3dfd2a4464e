import { Button, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { changeView } from "../view/use-view.browser.ts";

/** What stands where a list has nothing: why, and the way on. Without an explanation a search or group hides it all. */
export function Nothing({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <Stack align="center" gap="xs" p="xl" ta="center">
      <Text fw={600}>{title}</Text>
      {children === undefined ? (
        <Button variant="default" onClick={() => changeView({ search: "", group: null })}>
          Show all
        </Button>
      ) : (
        <Text size="sm" className="kb-quiet">
          {children}
        </Text>
      )}
    </Stack>
  );
}
