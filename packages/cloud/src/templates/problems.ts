/** What is wrong with a template, each with the place where it stands. */
import type { Position } from './source.ts';

export interface TemplateProblem {
  /** In CloudFormation's words where it has them, else ours; without the place. */
  readonly message: string;
  /** Names from the root, joined by dots: `Resources.Group.Properties.MaxSize`; empty for the whole document. */
  readonly path: string;
  readonly at: Position | undefined;
}

/** One problem or several of one template. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
  readonly problems: readonly TemplateProblem[];

  constructor(problems: readonly TemplateProblem[]) {
    super(problems.slice(0, SHOWN_PROBLEMS).map(describeProblem).join('\n') + more(problems.length));
    this.problems = problems;
  }
}

const SHOWN_PROBLEMS = 10;

function more(count: number): string {
  return count > SHOWN_PROBLEMS ? `\n... and ${count - SHOWN_PROBLEMS} more` : '';
}

export function templateError(message: string, path: string, at?: Position): TemplateError {
  return new TemplateError([{ message, path, at }]);
}

/** `message [Resources.Group.Properties.MaxSize, line 12, column 7]`. */
export function describeProblem({ message, path, at }: TemplateProblem): string {
  const place = [...(path === '' ? [] : [path]), ...(at ? [`line ${at.line}`, `column ${at.column}`] : [])];
  return place.length === 0 ? message : `${message} [${place.join(', ')}]`;
}

/** `stack.yaml:12:7: Resources.Group.Properties.MaxSize: message`, as editors and terminals follow it. */
export function problemLine(file: string, { message, path, at }: TemplateProblem): string {
  const place = at === undefined ? file : `${file}:${at.line}:${at.column}`;
  return path === '' ? `${place}: ${message}` : `${place}: ${path}: ${message}`;
}

/** Gathers problems while a template is looked through, so that one look tells them all. */
export class ProblemList {
  readonly #problems: TemplateProblem[] = [];

  add(message: string, path: string, at?: Position): void {
    this.#problems.push({ message, path, at });
  }

  /** Runs a part and takes its problems over; undefined when it had some. */
  attempt<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      this.#problems.push(...error.problems);
      return undefined;
    }
  }

  get count(): number {
    return this.#problems.length;
  }

  throwIfAny(): void {
    if (this.#problems.length > 0) throw new TemplateError(inOrder(this.#problems));
  }
}

function inOrder(problems: readonly TemplateProblem[]): TemplateProblem[] {
  return problems.toSorted(
    (one, other) =>
      (one.at?.line ?? 0) - (other.at?.line ?? 0) || (one.at?.column ?? 0) - (other.at?.column ?? 0),
  );
}
