package dev.selvedge.bench;

import dev.selvedge.loop.EventLoop;
import dev.selvedge.loop.io.Connection;
import dev.selvedge.loop.io.IncompleteReadException;
import dev.selvedge.loop.io.TcpServer;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// A server that sends back what it gets, ours or one made with Netty, on one thread: what
/// `bench/peers/echo.py` is for Python.
///
/// `java -cp … dev.selvedge.bench.EchoServers selvedge|netty|netty-epoll echo|frames`
///
/// Prints its port and serves until its standard input ends. For each line there it prints how many
/// bytes of the heap are in use.
public final class EchoServers {
  private static final int FRAME = 64;
  private static final int BUFFER = 8 * 1024;
  private static final int BACKLOG = 16_384;

  private EchoServers() {}

  /// The command.
  public static void main(String[] args) throws Exception {
    boolean frames = args[1].equals("frames");
    switch (args[0]) {
      case "selvedge" -> serve(frames);
      case "netty" -> netty(NioIoHandler.newFactory(), NioServerSocketChannel.class);
      case "netty-epoll" -> netty(EpollIoHandler.newFactory(), EpollServerSocketChannel.class);
      default -> throw new IllegalArgumentException("no server is called " + args[0]);
    }
    System.exit(0);
  }

  private static InetSocketAddress anyPort() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private static void serve(boolean frames) throws IOException {
    try (EventLoop loop = EventLoop.open();
        TcpServer server =
            TcpServer.open(
                anyPort(),
                options -> options.pool(loop).backlog(BACKLOG),
                (connection, _) -> {
                  if (frames) {
                    frames(connection);
                  } else {
                    echo(connection);
                  }
                })) {
      untilEnd(server.port());
      server.abort();
    }
  }

  private static void echo(Connection connection) throws IOException, InterruptedException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
    while (connection.read(buffer.clear()) >= 0) {
      connection.write(buffer.flip());
    }
  }

  private static void frames(Connection connection) throws IOException, InterruptedException {
    try {
      while (true) {
        connection.write(connection.readExactly(FRAME));
      }
    } catch (IncompleteReadException _) {
      // the client has ended
    }
  }

  private static void netty(IoHandlerFactory io, Class<? extends ServerChannel> kind)
      throws IOException, InterruptedException {
    EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, io);
    var channel =
        new ServerBootstrap()
            .group(group)
            .channel(kind)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel child) {
                    child.pipeline().addLast(new Echo());
                  }
                })
            .bind(anyPort())
            .sync()
            .channel();
    untilEnd(((InetSocketAddress) channel.localAddress()).getPort());
  }

  private static final class Echo extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      context.write((ByteBuf) message, context.voidPromise());
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      context.flush();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      context.close();
    }
  }

  private static void untilEnd(int port) throws IOException {
    System.out.println(port);
    var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    while (input.readLine() != null) {
      System.gc();
      System.out.println(ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    }
  }
}
