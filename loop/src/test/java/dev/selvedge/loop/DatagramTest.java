package dev.selvedge.loop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Task;
import dev.selvedge.TaskCancelledException;
import dev.selvedge.TaskFailedException;
import dev.selvedge.TaskGroup;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The JDK's datagram channels and sockets, used as blocking code by coroutines.
@Timeout(30)
class DatagramTest {
  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  private static DatagramChannel open() throws IOException {
    return DatagramChannel.open().bind(ANY);
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(UTF_8));
  }

  private static String text(ByteBuffer buffer) {
    return UTF_8.decode(buffer.flip()).toString();
  }

  /// A coroutine that answers; with the loop held by a wait for a packet nobody would.
  private static void echo(DatagramChannel channel) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(100);
    SocketAddress sender = channel.receive(buffer);
    assertEquals(4, channel.send(buffer.flip(), sender));
  }

  @Test
  @Tag("SOCK-03")
  void packetsComeAndGoWithTheirAddressesAndOnlyTheirCoroutinesWait() throws Exception {
    try (DatagramChannel here = open();
        DatagramChannel there = open()) {
      EventLoop.run(
          () ->
              TaskGroup.run(
                  group -> {
                    group.fork(() -> echo(there));
                    group.fork(
                        () -> {
                          here.send(bytes("ping"), there.getLocalAddress());
                          ByteBuffer buffer = ByteBuffer.allocate(100);
                          assertEquals(there.getLocalAddress(), here.receive(buffer));
                          assertEquals("ping", text(buffer));
                        });
                  }));
    }
  }

  @Test
  @Tag("SOCK-03")
  void aConnectedChannelNeedsNoAddressesAndHearsOfNobodyElse() throws Exception {
    try (DatagramChannel here = open();
        DatagramChannel there = open();
        DatagramChannel stranger = open()) {
      here.connect(there.getLocalAddress());
      EventLoop.run(
          () ->
              TaskGroup.run(
                  group -> {
                    group.fork(() -> echo(there));
                    group.fork(
                        () -> {
                          stranger.send(bytes("spam"), here.getLocalAddress());
                          here.write(bytes("ping"));
                          ByteBuffer buffer = ByteBuffer.allocate(100);
                          assertEquals(4, here.read(buffer));
                          assertEquals("ping", text(buffer));
                        });
                  }));
    }
  }

  @Test
  @Tag("SOCK-03")
  void aPacketThatNobodyTakesIsAFailureOfAConnectedChannelAndOtherwiseLost() throws Exception {
    InetSocketAddress nobody;
    try (DatagramChannel closed = open()) {
      nobody = (InetSocketAddress) closed.getLocalAddress();
    }
    try (DatagramChannel here = open()) {
      EventLoop.run(
          () -> {
            assertEquals(4, here.send(bytes("ping"), nobody));
            here.connect(nobody);
            here.write(bytes("ping"));
            assertThrows(PortUnreachableException.class, () -> here.read(ByteBuffer.allocate(100)));
            assertTrue(here.isOpen());
          });
    }
  }

  @Test
  @Tag("SOCK-03")
  void aCloseEndsTheWaitOfAnotherCoroutineOnce() throws Exception {
    DatagramChannel channel = open();
    EventLoop.run(
        () -> {
          Task<?> waits =
              EventLoop.current()
                  .orElseThrow()
                  .submit(() -> channel.receive(ByteBuffer.allocate(100)));
          EventLoop.yieldNow();
          channel.close();
          var failed = assertThrows(TaskFailedException.class, waits::await);
          assertInstanceOf(AsynchronousCloseException.class, failed.getCause());
          assertThrows(
              ClosedChannelException.class, () -> channel.receive(ByteBuffer.allocate(100)));
        });
  }

  @Test
  @Tag("SOCK-03")
  void aCancelledWaitClosesAChannelAndATimedOneLeavesASocketOpen() throws Exception {
    try (DatagramChannel channel = open();
        DatagramSocket socket = new DatagramSocket(ANY)) {
      EventLoop.run(
          () -> {
            Task<?> waits =
                EventLoop.current()
                    .orElseThrow()
                    .submit(() -> channel.receive(ByteBuffer.allocate(100)));
            EventLoop.yieldNow();
            waits.cancel("not needed");
            var thrown = assertThrows(TaskCancelledException.class, waits::await);
            assertInstanceOf(ClosedByInterruptException.class, thrown.getCause());
            assertFalse(channel.isOpen());
            socket.setSoTimeout(1);
            assertThrows(
                SocketTimeoutException.class,
                () -> socket.receive(new DatagramPacket(new byte[100], 100)));
            assertFalse(socket.isClosed());
          });
    }
  }
}
