package dev.selvedge.process.internal;

import dev.selvedge.Call;
import dev.selvedge.TaskFailedException;
import dev.selvedge.process.Hosted;
import dev.selvedge.process.ProcessOptions;
import dev.selvedge.process.WorkerLostException;
import dev.selvedge.process.codec.CannotTravelException;
import dev.selvedge.process.codec.Codecs;
import dev.selvedge.process.codec.Encoder;
import dev.selvedge.process.codec.Message;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;

/// The hosts of a pool.
public final class Hosts {
  private final String pool;
  private final ProcessOptions options;
  private final Codecs codecs;
  private final Set<HostProcess> all = new HashSet<>(); // guarded by this
  private boolean closed; // guarded by this
  private int made; // guarded by this

  /// None yet.
  public Hosts(String pool, ProcessOptions options, Codecs codecs) {
    this.pool = pool;
    this.options = options;
    this.codecs = codecs;
  }

  /// Starts a host, and waits until its object is made.
  public <T> Hosted<T> host(Class<T> type, Call<? extends T> maker)
      throws InterruptedException, TaskFailedException {
    HostedHandle.checkInterface(type);
    Message message = message(type, maker);
    HostProcess process = start(type.getSimpleName());
    boolean isMade = false;
    try {
      Object made = process.make(message, codecs, Thread.currentThread().getContextClassLoader());
      if (!(made instanceof HostedHandle<?> handle)) {
        throw failed(type, (Throwable) made);
      }
      isMade = true;
      return new HostedHandle<>(handle.ref(), type, handle.route(), () -> close(process));
    } catch (IOException | WorkerLostException e) {
      throw failed(type, e);
    } finally {
      if (!isMade) {
        process.kill("was killed, since its object was not made");
        close(process);
      }
    }
  }

  private static TaskFailedException failed(Class<?> type, Throwable why) {
    return new TaskFailedException("host of " + type.getSimpleName(), "", 1, why);
  }

  private Message message(Class<?> type, Call<?> maker) {
    Encoder encoder = new Encoder(codecs);
    try {
      encoder.write(type);
      encoder.write(options.initializer());
      encoder.write(maker);
      return encoder.toMessage();
    } catch (CannotTravelException e) {
      throw new RejectedExecutionException(
          "what makes the "
              + type.getSimpleName()
              + " cannot travel to a host of the pool '"
              + pool
              + "': "
              + e.getMessage(),
          e);
    }
  }

  private synchronized HostProcess start(String type) throws TaskFailedException {
    if (closed) {
      throw new RejectedExecutionException("the pool '" + pool + "' has ended");
    }
    try {
      HostProcess process = new HostProcess(type + "-" + ++made, options);
      all.add(process);
      return process;
    } catch (IOException e) {
      throw new TaskFailedException("host of " + type, "", 1, e);
    }
  }

  private void close(HostProcess process) {
    synchronized (this) {
      all.remove(process);
    }
    process.close();
  }

  /// Ends all hosts; returns when they are gone.
  public void close() {
    List<HostProcess> open;
    synchronized (this) {
      closed = true;
      open = List.copyOf(all);
    }
    open.forEach(HostProcess::tell);
    open.forEach(this::close);
  }
}
