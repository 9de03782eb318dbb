package dev.selvedge.bench.kotlin

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.async
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.delay
import kotlinx.coroutines.joinAll
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.yield

/** Tasks, switches, queues and sleeps on the event loop of `runBlocking`, as LoopWorks has them. */
private const val SLEEP_MILLIS = 2000L
private const val CAPACITY = 16

private suspend fun CoroutineScope.spawn(count: Int) {
    List(count) { async { 1 } }.forEach { it.await() }
}

private suspend fun CoroutineScope.switch(count: Int) {
    List(2) { launch { repeat(count / 2) { yield() } } }.joinAll()
}

private suspend fun CoroutineScope.queue(count: Int) {
    val questions = Channel<Int>(CAPACITY)
    val answers = Channel<Int>(CAPACITY)
    val asking = launch {
        for (i in 0 until count) {
            questions.send(i)
            answers.receive()
        }
    }
    val answering = launch { repeat(count) { answers.send(questions.receive()) } }
    joinAll(asking, answering)
}

private suspend fun CoroutineScope.sleep(count: Int) {
    List(count) { launch { delay(SLEEP_MILLIS * it / count) } }.joinAll()
}

fun main() {
    println("ready")
    for (line in generateSequence(::readLine)) {
        val (work, count) = line.split(" ")
        System.gc()
        val start = System.nanoTime()
        runBlocking {
            when (work) {
                "spawn" -> spawn(count.toInt())
                "switch" -> switch(count.toInt())
                "queue" -> queue(count.toInt())
                "sleep" -> sleep(count.toInt())
                else -> error("no work '$work'")
            }
        }
        println((System.nanoTime() - start) / 1e9)
    }
}
