/** Every tool the bench knows, in the order of the tables. */

import { borgFast, borgFixed } from './borg.ts';
import { holdfast } from './holdfast.ts';
import { rclone } from './rclone.ts';
import { restic } from './restic.ts';
import type { Tool } from './tool.ts';

export const allTools: readonly Tool[] = [holdfast, restic, borgFast, borgFixed, rclone];
