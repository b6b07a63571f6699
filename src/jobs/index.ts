export { type Job, type JobStatus, Scheduler } from './scheduler.js';
