//! Handshake load: connect, shake hands, close with the closing handshake, over and over, a batch at a time.

use crate::args::Args;
use crate::histogram::Histogram;
use crate::{Failure, cpu, socket, ws};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Instant;

fn close(stream: &mut TcpStream) -> Result<(), Failure> {
    let mut answer = Vec::new();
    let mut part = [0u8; 64];
    loop {
        match stream.read(&mut part) {
            Ok(0) => break,
            Ok(n) => answer.extend_from_slice(&part[..n]),
            Err(e) => return Err(format!("after the close frame: {e}").into()),
        }
    }
    if answer == ws::CLOSE_ANSWER { Ok(()) } else { Err(format!("close frame answered with {answer:02x?}").into()) }
}

pub fn run(args: &Args) -> Result<String, Failure> {
    let mut count = 0;
    let mut batch = |histogram: &mut Histogram| -> Result<(), Failure> {
        let mut open: Vec<(TcpStream, Instant)> = Vec::with_capacity(args.connections);
        for _ in 0..args.connections {
            let begun = Instant::now();
            let mut stream = socket::connect(args.server, count)?;
            count += 1;
            socket::send_request(&mut stream, args)?;
            open.push((stream, begun));
        }
        for (stream, begun) in &mut open {
            socket::read_answer(stream, args)?;
            histogram.record(begun.elapsed().as_nanos() as u64);
        }
        for (stream, _) in &mut open {
            stream.write_all(&ws::close_frame())?;
        }
        for (stream, _) in &mut open {
            close(stream)?;
        }
        Ok(())
    };

    let begun = Instant::now();
    while begun.elapsed() < args.warmup {
        batch(&mut Histogram::new())?;
    }
    let cpu_before = args.server_pid.map(cpu::spent_ns).transpose()?;
    let begun = Instant::now();
    let mut histogram = Histogram::new();
    while begun.elapsed() < args.seconds {
        batch(&mut histogram)?;
    }
    let took = begun.elapsed();
    let cpu_after = args.server_pid.map(cpu::spent_ns).transpose()?;

    let done = histogram.total();
    let mut json = format!(
        "{{\"mode\":\"handshake\",\"connections\":{},\"seconds\":{:.3},\"handshakes\":{done},\
         \"handshakes_per_s\":{:.0},\"p50_us\":{:.1},\"p99_us\":{:.1},\"p999_us\":{:.1}",
        args.connections,
        took.as_secs_f64(),
        done as f64 / took.as_secs_f64(),
        histogram.quantile_us(0.5),
        histogram.quantile_us(0.99),
        histogram.quantile_us(0.999),
    );
    if let (Some(before), Some(after)) = (cpu_before, cpu_after) {
        let ns = (after - before) as f64;
        json += &format!(
            ",\"server_cpu_us_per_handshake\":{:.3},\"server_cpu_share\":{:.3}",
            ns / 1000.0 / done as f64,
            ns / took.as_nanos() as f64
        );
    }
    json.push('}');
    Ok(json)
}
