import { Button, Group, Popover, Stack, Text } from "@mantine/core";
import { type ReactNode, useId, useState } from "react";

export interface OrderButtonProps {
  readonly label: string;
  readonly icon: ReactNode;
  /** Why it cannot be pressed; null when it can. */
  readonly whyNot: string | null;
  /** For what cannot be taken back: what will happen, and the word that makes it so. Asked before. */
  readonly question?: { readonly consequence: string; readonly confirm: string };
  readonly isBusy?: boolean;
  readonly onPress: () => void;
}

/** A button that says why it is off. Nothing in its question has the focus by itself, and Enter answers nothing. */
export function OrderButton({ label, icon, whyNot, question, isBusy = false, onPress }: OrderButtonProps) {
  const whyId = useId();
  const [isAsking, setAsking] = useState(false);
  const isOff = whyNot !== null;
  const button = (
    <Button
      fullWidth
      variant="default"
      px="sm"
      leftSection={icon}
      loading={isBusy}
      data-disabled={isOff}
      aria-disabled={isOff}
      {...(isOff && { "aria-describedby": whyId })}
      onClick={() => {
        if (isOff) return;
        if (question) setAsking((before) => !before);
        else onPress();
      }}
    >
      {label}
    </Button>
  );
  return (
    <div>
      {question ? (
        <Popover opened={isAsking && !isOff} onChange={setAsking} width={300} withArrow shadow="md" trapFocus={false}>
          <Popover.Target>{button}</Popover.Target>
          <Popover.Dropdown aria-label={`${label}?`}>
            <Stack gap="sm">
              <Text size="sm">{question.consequence}</Text>
              <Group gap="xs" justify="flex-end">
                <Button variant="subtle" onClick={() => setAsking(false)}>
                  Keep as it is
                </Button>
                <Button
                  className="kb-danger"
                  onClick={() => {
                    setAsking(false);
                    onPress();
                  }}
                >
                  {question.confirm}
                </Button>
              </Group>
            </Stack>
          </Popover.Dropdown>
        </Popover>
      ) : (
        button
      )}
      {isOff && (
        <p id={whyId} className="mc-order-why">
          {whyNot}
        </p>
      )}
    </div>
  );
}
