package dev.selvedge.process.internal;

import dev.selvedge.internal.recording.Recorder;
import dev.selvedge.internal.recording.Transfer;
import dev.selvedge.process.codec.Message;
import java.lang.foreign.MemorySegment;

/// Records what travels to workers and back. Where nobody records, it asks for no time.
public final class Transfers {
  private Transfers() {}

  /// {@return the time, or 0 if nobody records}
  public static long now() {
    return Recorder.recordsTransfers() ? System.nanoTime() : 0;
  }

  /// {@return how long it took since then, or 0 if nobody records}
  public static long since(long begin) {
    return begin == 0 ? 0 : System.nanoTime() - begin;
  }

  static void sent(Assignment assignment, String worker) {
    if (Recorder.recordsTransfers()) {
      record(assignment, worker, "to worker", assignment.work(), assignment.packing());
    }
  }

  /// @param begin when its reading began, as [#now()] told
  static void received(Assignment assignment, String worker, Message message, long begin) {
    if (begin != 0) {
      record(assignment, worker, "from worker", message, since(begin));
    }
  }

  private static void record(
      Assignment assignment, String worker, String direction, Message message, long nanos) {
    Transfer transfer = new Transfer();
    transfer.task = assignment.task().id();
    transfer.pool = assignment.pool();
    transfer.worker = worker;
    transfer.direction = direction;
    transfer.bytes = bytes(message);
    transfer.serialization = nanos;
    transfer.commit();
  }

  private static long bytes(Message message) {
    long bytes = message.bytes().length;
    for (MemorySegment large : message.large()) {
      bytes += large.byteSize();
    }
    return bytes;
  }
}
