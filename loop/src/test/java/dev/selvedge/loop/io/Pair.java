package dev.selvedge.loop.io;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;

/// A connection and, on its other side, a plain channel of the JDK.
///
/// @param connection the one that is tested
/// @param peer its other side, in blocking mode
record Pair(Connection connection, SocketChannel peer) implements AutoCloseable {

  static Pair open() throws Exception {
    return open(options -> options);
  }

  static Pair open(UnaryOperator<ConnectionOptions> options) throws Exception {
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.setOption(StandardSocketOptions.SO_RCVBUF, 16 * 1024);
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      Connection connection = TcpClient.connect(server.getLocalAddress(), options);
      return new Pair(connection, server.accept());
    }
  }

  void send(String text) throws IOException {
    send(text.getBytes(StandardCharsets.UTF_8));
  }

  void send(byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      peer.write(buffer);
    }
  }

  /// Lets the connection see the end.
  void end() throws IOException {
    peer.shutdownOutput();
  }

  /// Lets the connection see a reset.
  void reset() throws IOException {
    peer.setOption(StandardSocketOptions.SO_LINGER, 0);
    peer.close();
  }

  /// {@return what comes until the end}
  byte[] receiveAll() throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);
    while (peer.read(buffer.clear()) >= 0) {
      all.write(buffer.array(), 0, buffer.position());
    }
    return all.toByteArray();
  }

  String receive(int count) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(count);
    while (buffer.hasRemaining() && peer.read(buffer) >= 0) {
      // until it is all there
    }
    return new String(buffer.array(), 0, buffer.position(), StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    connection.abort();
    peer.close();
  }
}
