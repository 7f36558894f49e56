export { ERROR_CODES, type ErrorCode, type Remedy } from './error-codes.ts';
export { type ErrorDetails, HoldfastError } from './holdfast-error.ts';
