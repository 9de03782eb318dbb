package dev.selvedge.trace.recording;

/// Nothing of a chunk can be read; the message says why, as the end of a sentence.
final class DamagedChunkException extends Exception {
  private static final long serialVersionUID = 1L;

  DamagedChunkException(String message) {
    super(message, null, false, false);
  }
}
