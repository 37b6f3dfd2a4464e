import { Button, Group, Popover, Stack, Text } from "@mantine/core";
import { type ReactNode, useState } from "react";

export interface ConfirmButtonProps {
  readonly label: string;
  readonly icon?: ReactNode;
  /** What will happen, said before it does. */
  readonly consequence: string;
  readonly confirm: string;
  /** Why it cannot be pressed; null when it can. */
  readonly whyNot: string | null;
  readonly onConfirm: () => void;
}

/** A button for what cannot be taken back: it says what follows, and nothing in its question has the focus by itself. */
export function ConfirmButton({ label, icon, consequence, confirm, whyNot, onConfirm }: ConfirmButtonProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <div>
      <Popover opened={isOpen} onChange={setOpen} width={280} withArrow shadow="md" trapFocus={false}>
        <Popover.Target>
          <Button
            variant="default"
            leftSection={icon}
            data-disabled={whyNot !== null}
            aria-disabled={whyNot !== null}
            {...(whyNot !== null && { "aria-describedby": `why-${label}` })}
            onClick={() => whyNot === null && setOpen((before) => !before)}
          >
            {label}
          </Button>
        </Popover.Target>
        <Popover.Dropdown>
          <Stack gap="sm">
            <Text size="sm">{consequence}</Text>
            <Group gap="xs" justify="flex-end">
              <Button size="xs" variant="subtle" onClick={() => setOpen(false)}>
                Keep as it is
              </Button>
              <Button
                size="xs"
                color="red"
                onClick={() => {
                  setOpen(false);
                  onConfirm();
                }}
              >
                {confirm}
              </Button>
            </Group>
          </Stack>
        </Popover.Dropdown>
      </Popover>
      {whyNot !== null && (
        <Text id={`why-${label}`} size="xs" className="kb-quiet" mt={4}>
          {whyNot}
        </Text>
      )}
    </div>
  );
}
