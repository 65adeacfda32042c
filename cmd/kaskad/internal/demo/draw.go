package demo

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"kaskad/bots/simulator/viber"
)

// draw makes n customers by the chances. Each has dice of their own, so that the first ten of a hundred are the ten of ten, and
// what they do is settled now: it does not hang on whose message arrives first.
func draw(seed uint64, n int) []person {
	names := rand.New(rand.NewPCG(seed, 0)).Perm(len(firstNames))
	all := make([]person, n)
	for i := range all {
		p := &all[i]
		p.number, p.name = i, firstNames[names[i%len(names)]]
		if round := i / len(names); round > 0 {
			p.name += fmt.Sprintf(" %d", round+1)
		}
		p.live(rand.New(rand.NewPCG(seed, uint64(i)+1)))
	}
	return all
}

// live throws a customer's dice: where they are, and what they do there.
func (p *person) live(dice *rand.Rand) {
	p.card, p.points = fmt.Sprintf("C-%d", firstDrawn+p.number), 5*(2+dice.IntN(59))
	throw(p, places(), dice)
	if p.chat != 0 {
		throw(p, onTelegram(), dice)
	}
	if p.viber != "" {
		throw(p, onViber(), dice)
	}
	if p.whatsapp.number != "" {
		throw(p, onWhatsApp(), dice)
	}
	if p.phone != "" {
		throw(p, onPhone(), dice)
	}
}

// firstDrawn is where the numbers of drawn customers begin, behind those of the fixed ones.
const firstDrawn = 1001

// grain is what drawn delays are whole multiples of.
const grain = 30 * time.Second

// throw lets the dice choose one of the chances, and its moment.
func throw(p *person, chances []Chance, dice *rand.Rand) {
	n := dice.IntN(100)
	for _, c := range chances {
		if n -= c.Percent; n >= 0 {
			continue
		}
		after := c.from
		if c.to > c.from {
			after += grain * time.Duration(dice.IntN(int((c.to-c.from)/grain)+1))
		}
		c.set(p, after, dice)
		p.plan = append(p.plan, planned(c, after))
		return
	}
}

func planned(c Chance, after time.Duration) string {
	switch {
	case c.Of == places()[0].Of:
		return c.Does
	case c.to == 0:
		return c.Of + " " + c.Does
	}
	return fmt.Sprintf("%s %s after %s", c.Of, c.Does, minutes(after))
}

// on gives a customer their places. Who has WhatsApp and gave no phone hides the number there, too.
func (p *person) on(tg, vb, wa, phone bool) {
	id := firstDrawn + p.number
	if tg {
		p.chat = int64(id)
	}
	if vb {
		p.viber = viber.UserID(id)
	}
	number := fmt.Sprintf("+38050%07d", 1200000+id)
	if phone {
		p.phone = number
	}
	if wa {
		p.whatsapp = chatter{number: number, lid: strconv.Itoa(firstLID + id), hidden: !phone}
	}
}

// said is what people write.
var said = [...]string{
	"Дякую! А до якого числа діють?", "Скільки всього на картці?", "Ви сьогодні до котрої?", "Супер, дякую 🙏", "А чим можна оплатити бонусами?",
	"Чи є доставка на завтра?", "Дякую", "Добрий день! Чи діють вони в інтернет-магазині?",
}

// firstNames are whose.
var firstNames = [...]string{
	"Олександра", "Артем", "Вікторія", "Максим", "Анна", "Назар", "Дарина", "Роман", "Поліна", "Ігор", "Світлана", "Віталій", "Юлія", "Денис",
	"Тетяна", "Олег", "Аліна", "Сергій", "Христина", "Ярослав", "Людмила", "Павло", "Надія", "Віктор", "Валентина", "Остап", "Зоряна", "Григорій",
	"Лариса", "Євген", "Мирослава", "Левко", "Уляна", "Данило", "Соломія", "Матвій", "Ганна", "Святослав", "Іванна", "Захар",
}
