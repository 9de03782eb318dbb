package dev.selvedge.loop.io;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Datagrams are the JDK's own, whose waits park their virtual thread or coroutine only.
@Timeout(30)
class DatagramTest {
  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  private static DatagramPacket received(DatagramSocket socket) throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[1000], 1000);
    socket.receive(packet);
    return packet;
  }

  private static String text(DatagramPacket packet) {
    return new String(packet.getData(), 0, packet.getLength(), UTF_8);
  }

  private static DatagramPacket packet(String text) {
    byte[] bytes = text.getBytes(UTF_8);
    return new DatagramPacket(bytes, bytes.length);
  }

  @Test
  @Tag("SOCK-03")
  void datagramsAreExchangedConnectedOrNotAndOnlyTheReceiverWaits() throws Exception {
    try (DatagramSocket server = new DatagramSocket(ANY);
        DatagramSocket client = new DatagramSocket(ANY)) {
      client.connect(server.getLocalSocketAddress());
      var serving =
          Running.parked(
              () -> {
                DatagramPacket question = received(server);
                DatagramPacket answer = packet(text(question) + " to you");
                answer.setSocketAddress(question.getSocketAddress());
                server.send(answer);
                return true;
              });
      client.send(packet("hello"));
      assertEquals("hello to you", text(received(client)));
      assertEquals(true, serving.value());
    }
  }

  @Test
  @Tag("SOCK-03")
  void nobodyThereAndACloseAreToldToTheReceiver() throws Exception {
    InetSocketAddress nobody;
    try (DatagramSocket gone = new DatagramSocket(ANY)) {
      nobody = (InetSocketAddress) gone.getLocalSocketAddress();
    }
    DatagramSocket client = new DatagramSocket(ANY);
    client.connect(nobody);
    client.send(packet("anybody?"));
    assertThrows(PortUnreachableException.class, () -> received(client));
    var receiving = Running.parked(() -> received(client));
    client.close();
    assertInstanceOf(SocketException.class, receiving.failure());
  }
}
