import { Button, Code, Container, Stack, Text, Title } from "@mantine/core";
import { Component, type ErrorInfo, type ReactNode } from "react";

interface State {
  readonly problem: Error | null;
}

/** What is shown when a page breaks: that nothing was lost, what failed, and a button that begins anew. */
export class Rescue extends Component<{ readonly children: ReactNode }, State> {
  override readonly state: State = { problem: null };

  static getDerivedStateFromError(problem: Error): State {
    return { problem };
  }

  override componentDidCatch(problem: Error, { componentStack }: ErrorInfo): void {
    console.error("page failed", problem, componentStack);
  }

  override render(): ReactNode {
    if (!this.state.problem) return this.props.children;
    return (
      <Container size="xs" py="xl" role="alert">
        <Stack>
          <Title order={1} size="h3">
            This page stopped working
          </Title>
          <Text>Robots and deliveries are not affected. Reload the page to go on.</Text>
          <Code block>{this.state.problem.message}</Code>
          <Button onClick={() => window.location.reload()}>Reload</Button>
        </Stack>
      </Container>
    );
  }
}
