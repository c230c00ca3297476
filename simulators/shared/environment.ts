/** The environment of a simulator, read once; a wrong variable stops the program at once, named. */
import { z } from 'zod';

const port = z.coerce.number().int().min(1).max(65_535);

/** What every simulator has. */
export const commonShape = {
  HOST: z.string().min(1).default('127.0.0.1'),
  STORE_FILE: z.string().min(1),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
};

/** What the two providers have. */
export function providerShape(defaultPort: number) {
  return {
    ...commonShape,
    PORT: port.default(defaultPort),
    API_KEY: z.string().min(1),
    WEBHOOK_URL: z.url().optional(),
    WEBHOOK_SECRET: z.string().min(1).optional(),
  };
}

/** A port variable. */
export function portVariable(defaultPort: number) {
  return port.default(defaultPort);
}

/**
 * Reads `shape` from the environment; an empty variable counts as absent.
 * @throws Error naming every variable that is wrong or missing
 */
export function readSimulatorEnvironment<Shape extends z.ZodRawShape>(
  name: string,
  shape: Shape,
): z.output<z.ZodObject<Shape>> {
  const present = Object.fromEntries(
    Object.entries(process.env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = z.object(shape).safeParse(present);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => {
    const variable = issue.path.join('.');
    return `  ${variable}: ${variable in present ? issue.message : 'is required and not set'}`;
  });
  throw new Error(
    `Set or correct these variables of ${name} (simulators/README.md explains each):\n${lines.join('\n')}`,
  );
}
