//! The measured time: what the server spends in it, and how the caller can put a tracer beside it.

use crate::Failure;
use crate::args::Args;
use crate::cpu::{self, Spent};
use crate::histogram::Histogram;
use std::io::{BufRead, Write};
use std::time::{Duration, Instant};

pub struct Window {
    server_pid: Option<u32>,
    gate: bool,
    before: Option<Spent>,
    begun: Instant,
}

pub struct Measured {
    took: Duration,
    spent: Option<Spent>,
}

/// Says where the run is and waits for a line. What is in flight while a tracer comes is answered without it; what is in
/// flight while it goes is answered under its eyes: so it sees as many messages as are counted.
fn gate(place: &str) -> Result<(), Failure> {
    println!("{place}");
    std::io::stdout().flush()?;
    if std::io::stdin().lock().read_line(&mut String::new())? == 0 {
        return Err("--gate: nobody opens it".into());
    }
    Ok(())
}

impl Window {
    pub fn open(args: &Args) -> Result<Self, Failure> {
        if args.gate {
            gate("begin")?;
        }
        let before = args.server_pid.map(cpu::spent).transpose()?;
        Ok(Window { server_pid: args.server_pid, gate: args.gate, before, begun: Instant::now() })
    }

    pub fn begun(&self) -> Instant {
        self.begun
    }

    pub fn close(self) -> Result<Measured, Failure> {
        let took = self.begun.elapsed();
        let after = self.server_pid.map(cpu::spent).transpose()?;
        if self.gate {
            gate("end")?;
        }
        Ok(Measured { took, spent: self.before.zip(after).map(|(before, after)| after.since(before)) })
    }
}

impl Measured {
    /// The figures that every mode has, as members of a JSON object; `histogram` has one entry for each message.
    pub fn members(&self, histogram: &Histogram) -> Result<String, Failure> {
        let messages = histogram.total();
        if messages == 0 {
            return Err("nothing came back in the measured time".into());
        }
        let mut json = format!(
            "\"seconds\":{:.3},\"messages\":{messages},\"messages_per_s\":{:.1},\"p50_us\":{:.1},\"p99_us\":{:.1},\
             \"p999_us\":{:.1}",
            self.took.as_secs_f64(),
            messages as f64 / self.took.as_secs_f64(),
            histogram.quantile_us(0.5),
            histogram.quantile_us(0.99),
            histogram.quantile_us(0.999),
        );
        if let Some(spent) = &self.spent {
            json += &format!(
                ",\"server_cpu_us_per_message\":{:.4},\"server_cpu_share\":{:.3},\"server_user_share\":{:.2}",
                spent.ns as f64 / 1000.0 / messages as f64,
                spent.ns as f64 / self.took.as_nanos() as f64,
                spent.user_ticks as f64 / (spent.user_ticks + spent.kernel_ticks).max(1) as f64,
            );
        }
        Ok(json)
    }
}
