export { addDay, type DayOptions } from './add-day.ts';
export { generateSample, type SampleSize } from './generate-sample.ts';
export type { SampleReport } from './sample-folder.ts';
export { type ActiveWriter, startWriter } from './start-writer.ts';
