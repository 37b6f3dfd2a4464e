import { Center, Loader } from "@mantine/core";

export interface WaitProps {
  /** What is waited for, for those who do not see it turn. */
  readonly label: string;
  /** As high as the window instead of what it stands in. */
  readonly fillsWindow?: boolean;
}

export function Wait({ label, fillsWindow = false }: WaitProps) {
  return (
    <Center role="status" h={fillsWindow ? "100dvh" : "100%"}>
      <Loader aria-hidden />
      <span className="kb-unseen">{label}</span>
    </Center>
  );
}
