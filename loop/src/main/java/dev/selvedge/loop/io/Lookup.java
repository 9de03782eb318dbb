package dev.selvedge.loop.io;

import dev.selvedge.loop.internal.Signal;
import dev.selvedge.spi.Kernel;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Finds the addresses of a name, on a platform thread of its own: the resolver blocks its thread,
/// and neither an event loop nor a cancelled task can wait for it.
final class Lookup {
  private final String host;
  private final Signal done = new Signal();
  private List<InetAddress> addresses = List.of(); // written before the signal is given
  private @Nullable UnknownHostException failure; // likewise

  private Lookup(String host) {
    this.host = host;
  }

  static List<InetAddress> of(String host) throws UnknownHostException, InterruptedException {
    try {
      return List.of(InetAddress.ofLiteral(host));
    } catch (IllegalArgumentException _) {
      return new Lookup(host).await();
    }
  }

  private List<InetAddress> await() throws UnknownHostException, InterruptedException {
    Thread.ofPlatform()
        .name("selvedge-lookup")
        .daemon()
        .inheritInheritableThreadLocals(false)
        .start(this::run);
    done.await(this, Kernel.FOREVER);
    if (failure != null) {
      throw failure;
    }
    return addresses;
  }

  private void run() {
    try {
      addresses = List.of(InetAddress.getAllByName(host));
    } catch (UnknownHostException e) {
      failure = new UnknownHostException("the host '" + host + "' is unknown: " + e.getMessage());
      failure.initCause(e);
    } finally {
      done.give();
    }
  }
}
